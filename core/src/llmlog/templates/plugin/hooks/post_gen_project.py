"""Take away what a folder of the llmlog repository does not have."""

import shutil

if "True" not in "{{ cookiecutter._standalone }}":
    shutil.rmtree("{{ cookiecutter.__github }}")
