# One image for web, worker, trainer and scheduler: docker-compose.yml gives each its command.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 AIFASHION_VAR_DIR=/var/lib/aifashion

RUN useradd --create-home --uid 10001 aifashion \
    && install -d -o aifashion -g aifashion /var/lib/aifashion
WORKDIR /app

COPY requirements.txt requirements-nodeps.txt ./
RUN pip install -r requirements.txt && pip install --no-deps -r requirements-nodeps.txt

COPY . .
RUN python manage.py collectstatic --no-input \
    && chown -R aifashion:aifashion /var/lib/aifashion

USER aifashion
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "aifashion.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4"]
