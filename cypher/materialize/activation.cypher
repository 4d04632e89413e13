// activation: a KV-cache becomes a cube; its payload lies with the model host.
// mode: write
// params: cube MAP, now DATETIME, by STRING
// returns: id STRING
// creates: $cube.id
CREATE (a:MemCube:Activation)
SET a = $cube
CREATE (a)-[:CURRENT]->(:MemVersion {
  cube: a.id, number: 1, space: a.space, text: '', sha256: a.payload_sha256, known_from: $now, by: $by,
  when: replace(left(toString($now), 16), 'T', ' ')
})
RETURN a.id AS id
