// version_text: words of past versions, for reading as of then.
// mode: schema
// params: 
// returns: 
CREATE FULLTEXT INDEX version_text IF NOT EXISTS FOR (n:PastVersion) ON EACH [n.text, n.space_key]
OPTIONS {indexConfig: {`fulltext.analyzer`: 'english'}}
