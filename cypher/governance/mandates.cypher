// mandates: who may act for a user, or for whom an agent may act.
// mode: read
// params: principal STRING
// returns: mandate STRING, parties LIST<STRING>, purpose STRING?, actions LIST<STRING>?, expires_at DATETIME?, created_at DATETIME
MATCH (:Principal {id: $principal})<-[:COMBINES]-(m:Mandate)
RETURN m.id AS mandate, COLLECT { MATCH (m)-[:COMBINES]->(p:Principal) RETURN p.id ORDER BY p.id } AS parties,
       m.purpose AS purpose, m.actions AS actions, m.expires_at AS expires_at, m.created_at AS created_at
ORDER BY mandate
