"""Views made by hand, small and with everything in them that is hard to show."""

from __future__ import annotations

from benchfolio.generator.view import (
    Bar,
    BarGroup,
    Chart,
    Column,
    Entry,
    Fact,
    Figure,
    Link,
    Page,
    Point,
    Row,
    Section,
    Table,
)

SCRIPT = "<script>alert(1)</script>"
RST = "`x`_ |sub| **bold** trailing_"

TABLE = Table(
    id="validated",
    title="Validated models",
    description="INT8 against FP32.",
    columns=(
        Column(id="model", label="Model", heading=True),
        Column(id="int8", label="INT8", group="Accuracy", unit="%", better="higher", numeric=True),
        Column(id="fp32", label="FP32", group="Accuracy", unit="%", better="higher", numeric=True),
        Column(id="drop", label="Drop", formula="FP32 − INT8", unit="points", numeric=True),
    ),
    rows=(
        Row(
            anchor="digits-resnet",
            entries=(
                Entry(text="Digits ResNet-8", link=Link(kind="model", target="digits-resnet")),
                Entry(text="98.3", detail="96.4 to 99.2", tip="n = 360, wilson", raw=98.3),
                Entry(text="98.6", detail="96.8 to 99.4", raw=98.6),
                Entry(text="+1.3", tone="bad", tip="beyond the limit of 1.0", raw=1.3),
            ),
        ),
        Row(
            anchor="hostile",
            entries=(
                Entry(text=SCRIPT, link=Link(kind="url", target="javascript:alert(1)")),
                Entry(text="unsupported", state="unsupported", tip="the device has no <INT8>"),
                Entry(text="50.0"),
                Entry(text="not comparable", state="not comparable", tip="no INT8 value"),
            ),
        ),
        Row(
            anchor="other",
            entries=(
                Entry(text=RST),
                Entry(text="unsupported", state="unsupported", tip="the device has no <INT8>"),
                Entry(text="pending", state="pending"),
                Entry(text="", state="none"),
            ),
        ),
    ),
    notes=("Intervals are of 95 %.",),
    sources=("2026.2/lab-xeon.json",),
)

BARS = Chart(
    id="gain",
    title="Gain over FP32",
    description="Throughput of INT8 divided by that of FP32.",
    kind="bar",
    x_label="gain, ×",
    better="higher",
    reference=1.0,
    reference_label="FP32",
    groups=(
        BarGroup(
            label="OpenVINO",
            bars=(
                Bar(
                    label="Digits ResNet-8",
                    value=2.1,
                    text="2.10×",
                    low=2.0,
                    high=2.2,
                    link=Link(kind="model", target="digits-resnet"),
                ),
                Bar(label=SCRIPT, value=0.8, text="0.80×", tone="bad", tip="slower"),
                Bar(label="tiny-lm", value=None, text="unsupported", tip="no INT8 kernels"),
            ),
        ),
    ),
)

SCATTER = Chart(
    id="tradeoff",
    title="Quality lost against speed gained",
    kind="scatter",
    x_label="gain, ×",
    y_label="drop, points",
    reference=1.0,
    reference_label="FP32",
    limit=1.0,
    limit_label="limit 1.0",
    points=(
        Point(label="FP32", x=1.0, y=0.0, text="FP32: 1.00×, 0.0 points", front=True),
        Point(label="INT8", x=2.1, y=0.3, text="INT8: 2.10×, 0.3 points", front=True),
        Point(label="FP8-E4M3", x=0.8, y=1.7, text="FP8-E4M3: 0.80×, 1.7", tone="bad"),
    ),
)

MODEL = Page(
    kind="model",
    id="digits-resnet",
    title="Digits ResNet-8",
    sentence="INT8 on OpenVINO runs 2.1× as fast as FP32 and loses 0.3 points.",
    figures=(
        Figure(label="Best gain", value="2.10", unit="×", detail="2.00 to 2.20"),
        Figure(label="Worst drop", value="1.3", unit="points", tone="bad"),
    ),
    sections=(
        Section(id="results", title="Results", table=TABLE, chart=BARS),
        Section(
            id="measured",
            title="How it was measured",
            folded=True,
            facts=(
                Fact(label="Data set", text="digits", link=Link(kind="page", target="index")),
                Fact(label="Command", text="benchfolio run suite.yaml --only x", code=True),
            ),
        ),
    ),
    sources=("2026.2/lab-xeon.json",),
)

HOSTILE = Page(
    kind="model",
    id="hostile",
    title=f"{SCRIPT} {RST} a\nb ‮txet",
    sentence=f"{SCRIPT} {RST}",
    sections=(Section(id="results", title=SCRIPT, text=RST, table=TABLE),),
)
