"""Every command by its name, and the module that is it. A new command is a new module and a line here."""

COMMANDS = {
    "list": "rnnviz.cli.list_scenarios",
    "check": "rnnviz.cli.check",
    "trace": "rnnviz.cli.trace",
    "explain": "rnnviz.cli.explain",
    "render": "rnnviz.cli.render",
    "film": "rnnviz.cli.film",
    "train": "rnnviz.cli.train",
    "surface": "rnnviz.cli.surface",
    "inside": "rnnviz.cli.inside",
    "import": "rnnviz.cli.import_network",
    "data": "rnnviz.cli.data",
    "export": "rnnviz.cli.export",
}
