"""`fruits run --plots png`: scree.png and projection.png into the folder of a run that is finished."""

import io

from fruits.models.errors import ModelError


def add_to(commands) -> None:
    parser = commands.add_parser("plots", help="scree.png and projection.png of a finished run")
    parser.add_argument("folder", help="its folder")
    parser.add_argument("--exit-code", type=int, default=0, help="what to end with once they are written")
    parser.set_defaults(run=run)


def run(options, environ) -> None:
    import fruits

    try:
        import matplotlib

        matplotlib.use("agg")
        from fruits import _core, plot

        figures = {"scree.png": plot.scree(options.folder)}
        if _core.has_file(options.folder, "pca_result.parquet"):
            figures["projection.png"] = plot.projection(options.folder)
        for name, figure in figures.items():
            png = io.BytesIO()
            figure.savefig(png, format="png", dpi=200)
            _core.write_picture(options.folder, name, png.getvalue())
    except ImportError as error:
        raise ModelError(f"--plots png: {error}; everything else of the run is written") from error
    except (fruits.Error, OSError, ValueError) as error:
        raise ModelError(f"--plots png: {error}") from error
    if options.exit_code:
        raise SystemExit(options.exit_code)
