"""The steps of the pipeline, one file each; `core.pipeline` lists them in their order."""
