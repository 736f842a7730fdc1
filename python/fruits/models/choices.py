"""Words that options and bundles take; light to import, for the command line."""

RESNET50_V1, RESNET50_V1_5 = "resnet50-v1", "resnet50-v1.5"
EFFICIENTNET_LITES = ("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2")
ARCHITECTURES = (RESNET50_V1, RESNET50_V1_5, *EFFICIENTNET_LITES)
COLOR_ORDERS = ("rgb", "bgr")
FILTERS = ("bicubic", "bilinear", "lanczos", "nearest", "box")
