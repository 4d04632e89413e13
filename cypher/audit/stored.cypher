// stored: the bytes that each form of memory of a space keeps beside the database, or kept between two moments, and for how long.
// mode: read
// params: principal STRING, space STRING, now DATETIME, since DATETIME, until DATETIME
// returns: form STRING, payloads INTEGER, bytes INTEGER, byte_days FLOAT
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, actions, forbidden WHERE 'read' IN actions
MATCH (c:Activation|Parametric)
WHERE c.space = s.id AND c.payload_bytes IS NOT NULL AND NOT c.id IN forbidden
WITH c.memory_type AS form, c.payload_bytes AS bytes, c.state IN ['generated', 'activated', 'archived'] AS stands,
     CASE WHEN c.created_at > $since THEN c.created_at ELSE $since END AS begun,
     CASE WHEN c.state IN ['generated', 'activated', 'archived'] OR c.updated_at > $until THEN $until ELSE c.updated_at END AS ended
RETURN form, sum(CASE WHEN stands THEN 1 ELSE 0 END) AS payloads, sum(CASE WHEN stands THEN bytes ELSE 0 END) AS bytes,
       sum(CASE WHEN ended > begun THEN bytes * duration.inSeconds(begun, ended).milliseconds / 86400000.0 ELSE 0.0 END) AS byte_days
ORDER BY form
