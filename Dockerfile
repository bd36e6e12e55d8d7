# The packages, by the hashed lock, in a layer that changes only with it.
FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt

FROM python:3.11-slim-bookworm
# Pango draws the PDFs; the fonts cover Latin, Greek and Cyrillic names. The PostgreSQL client (15 in Debian 12) makes
# and restores backups; it must not be older than the server.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fonts-dejavu-core fonts-liberation2 libpango-1.0-0 libpangoft2-1.0-0 postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin convoke \
    && install -d -o convoke -g convoke /srv/uploads
COPY --from=packages /opt/venv /opt/venv
# Nothing in DATA_DIR outlives a container: data lives in PostgreSQL, Redis, and S3 or the volume of uploads.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/tmp/convoke \
    MEDIA_ROOT=/srv/uploads \
    WEB_CONCURRENCY=2
WORKDIR /app
COPY . .
# The key is for this one command: collecting files signs nothing.
RUN SECRET_KEY=only-to-collect-static-files python manage.py collectstatic --no-input --verbosity 0
USER convoke
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8000/healthz', timeout=4)"]
# No access log: addresses hold personal tokens.
CMD ["gunicorn", "--config", "python:config.gunicorn", "config.wsgi:application"]
