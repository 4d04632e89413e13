// retire: a KV-cache or adapter is dropped by hand: out of service, and its payload queued to be erased.
// mode: write
// params: cube STRING, space STRING, now DATETIME, by STRING
// returns: id STRING
// touches: $cube
MATCH (p:Activation|Parametric {id: $cube})
WHERE p.space = $space AND p.state <> 'deleted'
SET p.state = 'deleted', p.updated_at = $now, p.valid_to = $now, p.deleted_by = $by
WITH p
//> include fragments/queued
RETURN p.id AS id
