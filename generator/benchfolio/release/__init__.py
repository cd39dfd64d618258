"""What a release manager decides: compare with a policy, combine files, place versions."""
