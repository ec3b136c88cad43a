# Built in one image, run in another that holds neither compiler nor installer.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 UV_LINK_MODE=copy
WORKDIR /src
COPY requirements/ requirements/
RUN python -m venv /opt/tools \
    && /opt/tools/bin/pip install -q --require-hashes --only-binary :all: -r requirements/uv.txt \
    && python -m venv --without-pip /opt/changeover \
    && VIRTUAL_ENV=/opt/changeover /opt/tools/bin/uv pip install -q --require-hashes \
       --compile-bytecode -r requirements/runtime.txt
# The package itself comes after what it needs, so that a change of it does not install all again.
RUN VIRTUAL_ENV=/opt/tools /opt/tools/bin/uv pip install -q --require-hashes \
    -r requirements/build.txt
COPY pyproject.toml ./
COPY app/ app/
COPY migrations/ migrations/
RUN /opt/tools/bin/hatchling build -t wheel -d /tmp/dist \
    && VIRTUAL_ENV=/opt/changeover /opt/tools/bin/uv pip install -q --no-deps \
       --compile-bytecode /tmp/dist/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /data changeover
COPY --from=build /opt/changeover /opt/changeover
ENV PATH=/opt/changeover/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CHANGEOVER_DATA_DIR=/data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('CHANGEOVER_PORT', '8000') + '/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["changeover", "serve", "--host", "0.0.0.0"]
