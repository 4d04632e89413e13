// strays: KV-caches and adapters that a run made and no step of it owns: an act outside the database was broken off.
// mode: read
// params: request_id STRING, principal STRING
// returns: cube STRING, memory_type STRING
MATCH (e:AuditEvent {request_id: $request_id})
WHERE e.action IN ['materialize', 'distill'] AND e.principal = $principal
MATCH (e)-[:ON]->(c:Activation|Parametric)
WHERE c.state <> 'deleted' AND NOT EXISTS { (:Step)-[:MADE]->(c) }
RETURN c.id AS cube, c.memory_type AS memory_type
