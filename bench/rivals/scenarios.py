"""Which tools do what: each scenario with its rivals, each of which is one small program in the scenario's folder."""

import dataclasses

F32 = ("f32",)
BOTH = ("f32", "int8")


@dataclasses.dataclass(frozen=True)
class Rival:
    name: str
    environment: str  # environments/NAME.txt, "original" or "project"
    program: str  # below bench/
    precisions: tuple[str, ...] = F32
    java: bool = False
    note: str = ""
    flags: tuple[str, ...] = ()  # of the program

    @property
    def takes_model(self) -> bool:
        """The shared weights' files, which ONNX Runtime's environment makes."""
        return self.program.startswith(("end_to_end/", "model/")) and self.environment not in ("original", "project")


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    rivals: tuple[Rival, ...]
    photos: tuple[int, ...]  # counts, or rows for the statistics
    whole_process: bool  # from exec to exit; otherwise the seconds that the program itself measures
    rounds: int = 3
    precisions: tuple[str, ...] = BOTH  # F32 alone: the work knows none
    components: int = 7  # of the PCA at its end; 0: has none

    @property
    def least(self) -> int:
        """Photos or rows: of n, the scaled ones have no more than n - 1 components."""
        return self.components + 1


END_TO_END = (
    Rival("original", "original", "end_to_end/rivals/original.py", BOTH, java=True, note="Keras in a pandas UDF, Spark ML; f32 always"),
    Rival("torch", "torch", "end_to_end/rivals/torch_dataloader.py", BOTH, note="DataLoader, torchvision"),
    Rival("onnxruntime", "onnxruntime", "end_to_end/rivals/onnxruntime_pillow.py", BOTH, note="Pillow in threads"),
    Rival("ray", "ray", "end_to_end/rivals/ray_data.py", BOTH, note="Ray Data, ONNX Runtime in its actors"),
    Rival("daft", "daft", "end_to_end/rivals/daft_frame.py", BOTH, note="Daft, ONNX Runtime in its UDF"),
    Rival("timm", "timm", "end_to_end/rivals/timm_script.py", note="timm's loader and model, as its validate.py"),
)

FEW = {"torch": ("--few",)}
START_UP = tuple(dataclasses.replace(rival, flags=FEW.get(rival.name, ())) for rival in END_TO_END)

SCENARIOS = {
    one.name: one
    for one in (
        Scenario("end_to_end", "photos to features, scaler, PCA and table; the whole process", END_TO_END, (2000,), True),
        Scenario("start_up", "the same of 8 photos", START_UP, (8,), True, rounds=5),
        Scenario("scaling", "the same at growing counts", END_TO_END, (500, 2000, 8000, 22688), True, rounds=2),
        Scenario(
            "decode_resize",
            "JPEG to 224 x 224 x 3 bytes, bicubic: CPU seconds of all that takes part",
            (
                Rival("pillow", "onnxruntime", "image/rivals/pillow_threads.py", note="in threads"),
                Rival("opencv", "opencv", "image/rivals/opencv.py", note="in threads; its bicubic does not antialias"),
                Rival("torchvision", "torch", "image/rivals/torchvision_io.py", note="torchvision.io and v2.Resize in threads"),
                Rival("ray", "ray", "image/rivals/ray_data.py", note="read_images"),
                Rival("daft", "daft", "image/rivals/daft_frame.py", note="decode_image and resize"),
            ),
            (2000,),
            False,
            precisions=F32,
            components=0,
        ),
        Scenario(
            "inference",
            "ResNet50 on pixels that are in memory, all cores",
            (
                Rival("openvino", "project", "model/rivals/openvino_alone.py", BOTH, note="its best batch, bytes or floats"),
                Rival("onnxruntime", "onnxruntime", "model/rivals/ort_session.py", BOTH, note="its best batch, one session or one a core"),
                Rival("torch", "torch", "model/rivals/torch_frozen.py", BOTH, note="its best batch"),
            ),
            (200,),
            False,
            components=0,
        ),
        Scenario(
            "statistics",
            "scaler and PCA of rows of 2,048 columns from one Parquet file, in float64; reading apart",
            (
                Rival("fruits_fit", "project", "", note="the command on the file, reading and start included"),
                Rival("sklearn", "project", "stats/rivals/sklearn_in_memory.py", note="StandardScaler, PCA(svd_solver='covariance_eigh')"),
                Rival("incremental", "project", "stats/rivals/sklearn_incremental.py", note="partial_fit, IncrementalPCA(batch_size=4096)"),
                Rival("spark_ml", "project", "stats/rivals/spark_ml.py", java=True, note="StandardScaler, PCA"),
                Rival("exact_svd", "project", "stats/rivals/exact_svd.py", note="the reference for the numbers, not for speed"),
            ),
            (100_000,),
            False,
            rounds=1,
            precisions=F32,
        ),
    )
}
