// parametric: a distillation becomes a cube, out of service until its adapter is there and accepted.
// mode: write
// params: cube MAP, now DATETIME, by STRING
// returns: id STRING
// creates: $cube.id
CREATE (a:MemCube:Parametric)
SET a = $cube
CREATE (a)-[:CURRENT]->(:MemVersion {
  cube: a.id, number: 1, space: a.space, text: '', known_from: $now, by: $by,
  when: replace(left(toString($now), 16), 'T', ' ')
})
RETURN a.id AS id
