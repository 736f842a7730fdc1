# JupyterLab in a container. A token is asked for: $JUPYTER_TOKEN, else one that is made up and printed.
c = get_config()  # noqa: F821  # Jupyter's own
c.ServerApp.ip = "0.0.0.0"  # of the container; which of the host's addresses leads here is the compose file's matter
c.ServerApp.port = 8888
c.ServerApp.open_browser = False
c.ServerApp.root_dir = "/home/fruits/work"
c.ServerApp.allow_remote_access = True  # by the name of the host, which the container does not know
c.TerminalManager.cull_inactive_timeout = 3600
