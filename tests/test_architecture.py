"""The import rule of the rooms, and that the web process stays light."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_no_room_imports_what_it_may_not():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_web_process_and_the_task_registry_load_no_torch():
    code = (
        "import sys, aifashion.wsgi, workers.tasks; from django.urls import get_resolver; get_resolver().url_patterns; "
        "print([m for m in ('torch', 'generator', 'segmentation', 'training', 'cv2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
