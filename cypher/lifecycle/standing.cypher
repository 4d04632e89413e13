// standing: what several memories of one space are, once its lock is held; those of other spaces give no row.
// mode: read
// params: space STRING, cubes LIST<STRING>
// returns: id STRING, state STRING, level STRING, text STRING, version INTEGER, subject STRING?, relation STRING?, valid_from DATETIME, valid_to DATETIME?, said DATETIME
// shows: $cubes
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
WHERE c:Plaintext AND c.space = $space AND c.state <> 'deleted'
RETURN c.id AS id, c.state AS state, c.level AS level, c.text AS text, c.version AS version, c.subject AS subject,
       c.relation AS relation, c.valid_from AS valid_from, c.valid_to AS valid_to,
       coalesce(COLLECT {
         MATCH (c)-[:DERIVED_FROM {transform: 'extracted'}]->(whole:MemCube)
         WHERE whole.live
         RETURN max(coalesce(whole.said_at, whole.created_at))
       }[0], c.said_at, c.created_at) AS said
