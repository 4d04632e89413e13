// governing: spaces and principals as the parts of what governs them, each with the digest that vouches for them (integrity).
// mode: read
// params: ids LIST<STRING>
// returns: kind STRING, id STRING, digest STRING?, parts MAP
CYPHER 25
UNWIND $ids AS wanted
CALL (wanted) {
  MATCH (each:Space {id: wanted})
  RETURN 'space' AS kind, each.digest AS digest, {
    space: head([of IN [each] |
      //> include fragments/spelled
    ]),
    owner: reduce(all = '', part IN COLLECT {
      MATCH (each)<-[of:OWNS]-(other)
      RETURN '\n' + other.id AS part
      ORDER BY part
    } | all + part),
    grants: reduce(all = '', part IN COLLECT {
      MATCH (each)<-[of:GRANTED]-(other)
      RETURN '\n' + size(other.id) + ':' + other.id +
        //> include fragments/spelled
        AS part
      ORDER BY part
    } + COLLECT {
      MATCH (topic:Topic {space: each.id})<-[of:GRANTED]-(other)
      WHERE topic.name IS NOT NULL
      RETURN '\n' + size(topic.name) + ':' + topic.name + size(other.id) + ':' + other.id +
        //> include fragments/spelled
        AS part
      ORDER BY part
    } | all + part),
    denials: reduce(all = '', part IN COLLECT {
      MATCH (each)<-[of:DENIED]-(other)
      RETURN '\n' + size(other.id) + ':' + other.id +
        //> include fragments/spelled
        AS part
      ORDER BY part
    } | all + part),
    policies: reduce(all = '', part IN COLLECT {
      MATCH (each)-[:GOVERNED_BY]->(:Policy)-[:REPLACES*0..]->(of:Policy)
      RETURN '\n' +
        //> include fragments/spelled
        AS part
      ORDER BY of.version DESC, part
    } | all + part),
    receipts: reduce(all = '', part IN COLLECT {
      MATCH (each)-[:HAS_RECEIPT]->(of:Receipt)
      RETURN '\n' +
        //> include fragments/spelled
        AS part
      ORDER BY part
    } | all + part),
    snapshots: reduce(all = '', part IN COLLECT {
      MATCH (of:Snapshot)
      WHERE of.space = each.id AND of.id IS NOT NULL
      RETURN '\n' +
        //> include fragments/spelled
        AS part
      ORDER BY part
    } | all + part)
  } AS parts
  UNION ALL
  MATCH (each:Principal {id: wanted})
  RETURN 'principal' AS kind, each.digest AS digest, {
    principal: size(labels(each)) + toString(each:Role) + toString(each:Mandate) + head([of IN [each] |
      //> include fragments/spelled
    ]),
    roles: reduce(all = '', part IN COLLECT {
      MATCH (each)-[of:HAS_ROLE]-(other)
      RETURN '\n' + toString(startNode(of) = each) + size(other.id) + ':' + other.id +
        //> include fragments/spelled
        AS part
      ORDER BY part
    } | all + part),
    mandates: reduce(all = '', part IN COLLECT {
      MATCH (each)-[of:COMBINES]-(other)
      RETURN '\n' + toString(startNode(of) = each) + size(other.id) + ':' + other.id +
        //> include fragments/spelled
        AS part
      ORDER BY part
    } | all + part),
    keys: reduce(all = '', part IN COLLECT {
      MATCH (each)<-[:OF]-(of:ApiKey)
      RETURN '\n' +
        //> include fragments/spelled
        AS part
      ORDER BY part
    } | all + part)
  } AS parts
}
RETURN kind, wanted AS id, digest, parts
