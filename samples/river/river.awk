# Routes a flood down a river by Muskingum's method (McCarthy 1938): each reach stores
# K (X inflow + (1 - X) outflow).
#
#   awk -f river.awk river.inp inflow.csv      inflow.csv: hour,flow in m3/s
#
# river.inp: "name = value" lines with travel_time (K, hours, of one reach), weight (X, 0 to 0.5) and
# reaches. Writes outflow.csv, and summary.txt with the peak, its hour and the volumes.
BEGIN { FS = "," }
FILENAME ~ /\.inp$/ {
  if (split($0, part, "=") == 2) { gsub(/[ \t]/, "", part[1]); setting[part[1]] = part[2] + 0 }
  next
}
/^[0-9]/ { hour[++steps] = $1 + 0; flow[steps] = $2 + 0 }
END {
  if (steps < 2) fail("inflow.csv has no series")
  K = need("travel_time"); X = need("weight"); reaches = need("reaches")
  dt = hour[2] - hour[1]
  if (X < 0 || X > 0.5) fail("weight is " X ", not from 0 to 0.5")
  if (dt < 2 * K * X || dt > 2 * K * (1 - X))
    fail("a step of " dt " h does not go with a travel time of " K " h and a weight of " X)
  below = 2 * K * (1 - X) + dt
  c0 = (dt - 2 * K * X) / below; c1 = (dt + 2 * K * X) / below; c2 = 1 - c0 - c1
  for (i = 1; i <= steps; i++) { now[i] = flow[i]; volume_in += flow[i] }
  for (reach = 1; reach <= reaches; reach++) {
    before = now[1]; out = now[1]
    for (i = 1; i <= steps; i++) {
      inflow = now[i]
      if (i > 1) out = c0 * inflow + c1 * before + c2 * out
      before = inflow; now[i] = out
    }
  }
  print "hour,flow" > "outflow.csv"
  for (i = 1; i <= steps; i++) {
    printf "%g,%.6f\n", hour[i], now[i] > "outflow.csv"
    volume_out += now[i]
    if (i == 1 || now[i] > peak) { peak = now[i]; peak_hour = hour[i] }
  }
  printf "peak %.6f m3/s at hour %g\nvolume in %.3f out %.3f\n", peak, peak_hour,
    volume_in * dt * 3600, volume_out * dt * 3600 > "summary.txt"
}
function need(name) {
  if (!(name in setting)) fail("river.inp has no " name)
  return setting[name]
}
function fail(what) { print "river: " what > "/dev/stderr"; failed = 1; exit 2 }
