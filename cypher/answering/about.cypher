// about: what each line is about and where it stands, to tell whether one of them may correct another: its concepts, the memory it is of, and the memories right after that in the same source.
// mode: read
// params: principal STRING, space STRING, now DATETIME, cubes LIST<STRING>
// returns: id STRING, memories LIST<STRING>, concepts LIST<STRING>, following LIST<STRING>
// shows: id
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden WHERE 'read' IN actions
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted}) WHERE c.space = s.id AND c.live AND NOT c.id IN forbidden
MATCH (c)-[:DERIVED_FROM*0..1 {transform: 'extracted'}]->(said:MemCube)
RETURN c.id AS id, collect(said.id) AS memories,
  COLLECT {
    MATCH (c)-[:DERIVED_FROM*0..1 {transform: 'extracted'}]->(:MemCube)-[:MENTIONS]->(k:Concept)
    RETURN DISTINCT k.name
  } AS concepts,
  COLLECT {
    MATCH (c)-[:DERIVED_FROM*0..1 {transform: 'extracted'}]->(:MemCube)-[:NEXT*1..2]->(later:MemCube)
    RETURN DISTINCT later.id
  } AS following
ORDER BY id
