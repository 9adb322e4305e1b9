#!/bin/sh
# Writes tide.csv, the large file of this sample: a level for every hour of ten years.
awk 'BEGIN {
  split("31 28 31 30 31 30 31 31 30 31 30 31", days, " ")
  for (year = 1990; year < 2000; year++)
    for (month = 1; month <= 12; month++)
      for (day = 1; day <= days[month] + (month == 2 && year % 4 == 0); day++)
        for (hour = 0; hour < 24; hour++) {
          t = n / 12.42 * 6.283185307
          n++
          printf "%d-%02d-%02d,%d,%.3f\n", year, month, day, hour, sin(t) + 0.4 * sin(t * 0.966)
        }
}' >tide.csv
