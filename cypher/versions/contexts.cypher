// contexts: memories with the turns just before them, nearest last, as everybody may see them: what is sensitive is in no vector and in no context.
// mode: read
// params: cubes LIST<STRING>
// returns: id STRING, heading STRING?, text STRING, before LIST<STRING>, document BOOLEAN, indexed LIST<STRING>?
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
WHERE c.live AND c.level = 'whole'
RETURN c.id AS id, c.heading AS heading, coalesce(c.views[0], c.text) AS text,
  COLLECT {
    MATCH path = (earlier:MemCube)-[:NEXT*1..2]->(c)
    WHERE earlier.state <> 'expired'
    RETURN coalesce(earlier.views[0], earlier.text) ORDER BY length(path) DESC
  } AS before, c.semantic_type = 'document' AS document, c.indexed AS indexed
