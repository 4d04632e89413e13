"""What the tests share: a world for the leakage machine, another for crashes, stand-ins, and looks past the package."""
