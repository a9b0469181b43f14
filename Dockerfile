# One image for every process of the site: docker-compose.yml gives each its command.
FROM python:3.11.15-slim-bookworm

# In production nothing starts without its secrets and addresses, so a bare `docker run` says what is missing.
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    AIFASHION_ENV=production AIFASHION_VAR_DIR=/var/lib/aifashion

RUN useradd --create-home --uid 10001 aifashion \
    && install -d -o aifashion -g aifashion /var/lib/aifashion
WORKDIR /app

# Given PyTorch's index of CPU builds, pip prefers those; without it the image carries CUDA too, some GB more.
ARG PIP_EXTRA_INDEX_URL=""
COPY requirements.txt requirements-nodeps.txt ./
RUN pip install -r requirements.txt && pip install --no-deps -r requirements-nodeps.txt

COPY . .
# The values serve this one command: settings refuse to load without them, and none of them stays in the image.
RUN AIFASHION_SECRET_KEY=unused ALLOWED_HOSTS=unused DATABASE_URL=sqlite://:memory: REDIS_URL=redis://unused \
    python manage.py collectstatic --no-input

USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "aifashion.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket"]
