// selected: the memories of a selection in space `s`, whether or not they may be read; one may come several times.
// params: everything BOOLEAN, cubes LIST<STRING>, sources LIST<STRING>, concepts LIST<STRING>, topics LIST<STRING>
// needs: s
// yields: c
CALL (s) {
  WITH s WHERE $everything
  MATCH (c:MemCube {space: s.id}) WHERE c.created_at IS NOT NULL
  RETURN c
  UNION
  UNWIND $cubes AS wanted
  MATCH (c:MemCube {id: wanted}) WHERE c.space = s.id
  RETURN c
  UNION
  UNWIND $sources AS wanted
  MATCH (:Source {space: s.id, id: wanted})<-[:PART_OF*0..2]-(:Source)<-[:FROM]-(c:MemCube)
  RETURN c
  UNION
  UNWIND $concepts AS name
  MATCH (:Concept {space: s.id, name: name})<-[:MENTIONS]-(c:MemCube)
  RETURN c
  UNION
  UNWIND $topics AS name
  MATCH (:Topic {space: s.id, name: name})<-[:WITHIN]-(:Concept)<-[:MENTIONS]-(c:MemCube)
  RETURN c
}
