// choose: ids of memories of a selection that the principal may read, in the order they were written; facts are those that the selected ones say. No row when the space may not be read.
// mode: read
// params: principal STRING, space STRING, now DATETIME, after STRING, everything BOOLEAN, cubes LIST<STRING>, sources LIST<STRING>, concepts LIST<STRING>, topics LIST<STRING>, level STRING, limit INTEGER
// returns: ids LIST<STRING>
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden WHERE 'read' IN actions
RETURN COLLECT {
  //> include fragments/selected
  WITH DISTINCT c
  WHERE c:Plaintext AND c.state <> 'deleted' AND c.expires_at > $now AND NOT c.id IN forbidden
  CALL (c, forbidden) {
    WITH c WHERE c.level = $level AND ($everything OR c.level = 'whole')
    RETURN c.id AS id
    UNION
    WITH c WHERE c.level = 'whole' AND $level = 'fact' AND NOT $everything
    MATCH (c)<-[:DERIVED_FROM {transform: 'extracted'}]-(f:MemCube)
    WHERE f:Plaintext AND f.space = c.space AND f.state <> 'deleted' AND f.expires_at > $now AND NOT f.id IN forbidden
    RETURN f.id AS id
  }
  WITH DISTINCT id WHERE id > $after
  RETURN id ORDER BY id LIMIT $limit
} AS ids
