// present: which memories that were erased are there again, and what in them may be a name.
// mode: read
// params: cubes LIST<STRING>
// returns: id STRING, counted BOOLEAN, texts LIST<STRING>
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
WHERE c.state <> 'deleted'
RETURN c.id AS id, coalesce(c.level = 'whole', false) AND c.state IN ['generated', 'activated', 'frozen'] AS counted,
       [each IN [c.speaker, c.heading, c.source, c.root] + coalesce(c.tags, []) WHERE each IS NOT NULL] +
       COLLECT { MATCH (v:MemVersion {cube: c.id}) WHERE v.number >= 1 AND v.text IS NOT NULL RETURN v.text } AS texts
ORDER BY id
