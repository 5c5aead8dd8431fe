-- Names of all languages. SQLite's texts are Unicode: nothing to do.
SELECT 1
