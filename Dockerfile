# The REST API of memos-graph; the database is another container (docker-compose.yml).
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY memos_graph memos_graph
COPY graph graph
COPY cypher cypher
COPY api api
RUN python -m venv /opt/memos && /opt/memos/bin/pip install --no-cache-dir '.[all]'

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 memos && install -d -o memos -g memos -m 0700 /home/memos/data
COPY --from=build /opt/memos /opt/memos
USER memos
WORKDIR /home/memos
ENV PATH=/opt/memos/bin:$PATH \
    MEMOS_HOME=/home/memos/data \
    MEMOS_API_HOST=0.0.0.0 \
    MEMOS_API_PORT=7707
EXPOSE 7707
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import httpx; httpx.get('http://127.0.0.1:7707/health', timeout=4).raise_for_status()"]
# The secret holds neo4j/PASSWORD; only this process's environment gets to see the password.
CMD ["sh", "-c", "auth=\"$(cat /run/secrets/neo4j-auth)\" && NEO4J_PASSWORD=\"${auth#neo4j/}\" exec memos up"]
