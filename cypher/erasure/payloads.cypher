// payloads: KV-caches and adapters made of memories that are going become tombstones too, in whatever state, and their files are queued to be erased.
// mode: write
// params: cubes LIST<STRING>, now DATETIME, by STRING
// returns: id STRING, memory_type STRING, payload STRING?, files LIST<STRING>?
// touches: id
UNWIND $cubes AS wanted
MATCH (:MemCube {id: wanted})<-[:DERIVED_FROM*1..]-(p:Activation|Parametric)
WHERE p.state <> 'deleted'
WITH DISTINCT p
SET p.state = 'deleted', p.live = false, p.heading = '', p.updated_at = $now, p.valid_to = $now, p.deleted_by = $by
REMOVE p.evaluation
WITH p
//> include fragments/queued
RETURN p.id AS id, p.memory_type AS memory_type, p.payload_uri AS payload, p.payload_files AS files
ORDER BY id
