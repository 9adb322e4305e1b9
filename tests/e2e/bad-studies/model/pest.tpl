ptf ~
 k1 ~K~
 k2 ~K
