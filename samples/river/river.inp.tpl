travel_time = {TRAVEL_TIME}
weight = {WEIGHT}
reaches = 4
