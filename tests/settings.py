"""The settings of a test run: the product's own, in a home folder of its own that is gone afterwards."""

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="lineside-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["LINESIDE_HOME"] = _home  # before the settings read it: no test touches var/

from qc.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# A real broker may serve others as well: what tests send goes to a queue of this run, which nobody else reads.
CELERY_TASK_DEFAULT_QUEUE = f"lineside-test-{os.getpid()}"
