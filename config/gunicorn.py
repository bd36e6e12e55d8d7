"""Settings of the web server: gunicorn --config python:config.gunicorn config.wsgi:application

The number of processes is WEB_CONCURRENCY, which gunicorn reads itself. What is slow waits in the proxy in front, see
Caddyfile: a thread is busy only while a page is made.
"""

import os

bind = os.environ.get("WEB_BIND") or "0.0.0.0:8000"
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS") or 8)
# Connections that wait for a thread, idle ones of the proxy included.
worker_connections = 1000
# A process whose threads all hang is replaced after a minute; a single slow page is not cut off by it.
timeout = 60
# As long as the longest page may take where the site is updated under way.
graceful_timeout = 30
# Longer than the proxy keeps its idle connections.
keepalive = 75
# A personal link is short; search words are the longest that an address holds.
limit_request_line = 4094
limit_request_fields = 100
limit_request_field_size = 8190
# In memory: a heartbeat must not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
control_socket_disable = True
# Addresses hold personal tokens.
accesslog = None
