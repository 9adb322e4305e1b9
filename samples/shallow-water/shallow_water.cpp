// A dam that breaks in a basin: the shallow-water equations in two dimensions, on many processes.
//
//   mpirun -np RANKS shallow_water [CELLS_X CELLS_Y SECONDS]
//
// The environment variable DAM is the depth behind the dam in metres (2 unless given); in front of
// it there is one metre. Finite volumes of first order with HLL fluxes, walls all around. Each
// process has a band of rows and exchanges one row with each neighbour in every step.
//
// Writes depth.pgm, a picture of the water's depth at the end, and result.txt. Both are the same to
// the last digit on any number of processes: a cell's new state depends on its neighbours alone,
// the step's length on a maximum, the volume is summed in the order of the rows, and the checksum
// is a sum of whole numbers.
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr double gravity = 9.81;    // m/s²
constexpr double basin = 100.0;     // m, both ways
constexpr double courant = 0.45;    // of the largest step that is stable
constexpr double shallow_side = 1;  // m, in front of the dam

// Depth, and depth times velocity along and across.
struct Water {
  double h = 0, hu = 0, hv = 0;
};
constexpr int doubles_per_cell = 3;
using Row = std::vector<Water>;  // with a cell beyond each wall

Water operator-(const Water& a, const Water& b) { return {a.h - b.h, a.hu - b.hu, a.hv - b.hv}; }
Water operator+(const Water& a, const Water& b) { return {a.h + b.h, a.hu + b.hu, a.hv + b.hv}; }
Water operator*(double f, const Water& a) { return {f * a.h, f * a.hu, f * a.hv}; }

Water turned(const Water& a) { return {a.h, a.hv, a.hu}; }
Water mirrored_along(const Water& a) { return {a.h, -a.hu, a.hv}; }
Water mirrored_across(const Water& a) { return {a.h, a.hu, -a.hv}; }

double wave_speed(const Water& a) {
  return std::max(std::abs(a.hu), std::abs(a.hv)) / a.h + std::sqrt(gravity * a.h);
}

Water flux_of(const Water& a) {
  const double u = a.hu / a.h;
  return {a.hu, a.hu * u + 0.5 * gravity * a.h * a.h, a.hv * u};
}

// What flows from the left to the right cell (Harten, Lax, van Leer).
Water flux_between(const Water& left, const Water& right) {
  const double ul = left.hu / left.h, ur = right.hu / right.h;
  const double cl = std::sqrt(gravity * left.h), cr = std::sqrt(gravity * right.h);
  const double slowest = std::min(ul - cl, ur - cr), fastest = std::max(ul + cl, ur + cr);
  if (slowest >= 0) return flux_of(left);
  if (fastest <= 0) return flux_of(right);
  const Water across = fastest * flux_of(left) - slowest * flux_of(right);
  return 1 / (fastest - slowest) * (across + slowest * fastest * (right - left));
}

struct Process {
  int rank = 0;
  int count = 1;
};

// The rows that one process has, with one of each neighbour, or beyond the wall, around them.
class Band {
 public:
  Band(Process process, int cells_x, int cells_y, double dam)
      : process_(process), nx_(cells_x), ny_(cells_y), first_(first_row(process.rank)) {
    const int rows = first_row(process.rank + 1) - first_;
    rows_.assign(static_cast<std::size_t>(rows) + 2, Row(static_cast<std::size_t>(nx_) + 2));
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < nx_; ++x) {
        // A column of deep water, a third of the way into the basin.
        const double dx = (x + 0.5) / nx_ - 1.0 / 3, dy = (first_ + y + 0.5) / ny_ - 1.0 / 3;
        at(x, y).h = dx * dx + dy * dy < 0.04 ? dam : shallow_side;
      }
  }

  int rows() const { return static_cast<int>(rows_.size()) - 2; }
  int first() const { return first_; }
  const Water& at(int x, int y) const { return rows_[row(y)][static_cast<std::size_t>(x) + 1]; }
  Water& at(int x, int y) { return rows_[row(y)][static_cast<std::size_t>(x) + 1]; }

  // The longest stable step, the same on all processes.
  double stable_step() const {
    double fastest = 0;
    for (int y = 0; y < rows(); ++y)
      for (int x = 0; x < nx_; ++x) fastest = std::max(fastest, wave_speed(at(x, y)));
    double of_all = 0;
    MPI_Allreduce(&fastest, &of_all, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return courant * std::min(basin / nx_, basin / ny_) / of_all;
  }

  void advance(double step) {
    exchange_rows();
    for (Row& row : rows_) {
      row.front() = mirrored_along(row[1]);
      row.back() = mirrored_along(row[static_cast<std::size_t>(nx_)]);
    }
    std::vector<Row> next = rows_;
    const double along = step * nx_ / basin, across = step * ny_ / basin;
    for (int y = 0; y < rows(); ++y)
      for (int x = 0; x < nx_; ++x) {
        const Water& here = at(x, y);
        const Water in_x = flux_between(at(x - 1, y), here) - flux_between(here, at(x + 1, y));
        const Water in_y = flux_between(turned(at(x, y - 1)), turned(here)) -
                           flux_between(turned(here), turned(at(x, y + 1)));
        next[row(y)][static_cast<std::size_t>(x) + 1] = here + along * in_x + across * turned(in_y);
      }
    rows_.swap(next);
  }

  // Every cell's bits, mixed with its place: a sum of whole numbers has no order.
  std::uint64_t checksum() const {
    std::uint64_t sum = 0;
    for (int y = 0; y < rows(); ++y)
      for (int x = 0; x < nx_; ++x) {
        const Water& cell = at(x, y);
        for (const double value : {cell.h, cell.hu, cell.hv}) {
          std::uint64_t bits = 0;
          std::memcpy(&bits, &value, sizeof bits);
          bits ^= 0x9e3779b97f4a7c15U * (static_cast<std::uint64_t>(first_ + y) * nx_ + x + 1);
          bits *= 0xbf58476d1ce4e5b9U;
          sum += bits ^ (bits >> 31);
        }
      }
    std::uint64_t of_all = 0;
    MPI_Allreduce(&sum, &of_all, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    return of_all;
  }

  // All depths, row by row, on the first process; empty on the others.
  std::vector<double> gathered_depths() const {
    std::vector<double> mine;
    for (int y = 0; y < rows(); ++y)
      for (int x = 0; x < nx_; ++x) mine.push_back(at(x, y).h);
    std::vector<int> counts, places;
    for (int rank = 0; rank < process_.count; ++rank) {
      counts.push_back((first_row(rank + 1) - first_row(rank)) * nx_);
      places.push_back(first_row(rank) * nx_);
    }
    std::vector<double> all(process_.rank == 0 ? static_cast<std::size_t>(nx_) * ny_ : 0);
    MPI_Gatherv(mine.data(), static_cast<int>(mine.size()), MPI_DOUBLE, all.data(), counts.data(),
                places.data(), MPI_DOUBLE, 0, MPI_COMM_WORLD);
    return all;
  }

 private:
  std::size_t row(int y) const { return static_cast<std::size_t>(y + 1); }

  int first_row(int rank) const {
    return static_cast<int>(static_cast<std::int64_t>(ny_) * rank / process_.count);
  }

  void exchange_rows() {
    const bool is_top = process_.rank == 0, is_bottom = process_.rank == process_.count - 1;
    const int above = is_top ? MPI_PROC_NULL : process_.rank - 1;
    const int below = is_bottom ? MPI_PROC_NULL : process_.rank + 1;
    const int count = doubles_per_cell * (nx_ + 2);
    Row& first = rows_[1];
    Row& last = rows_[rows_.size() - 2];
    MPI_Sendrecv(first.data(), count, MPI_DOUBLE, above, 0, rows_.back().data(), count, MPI_DOUBLE,
                 below, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Sendrecv(last.data(), count, MPI_DOUBLE, below, 1, rows_.front().data(), count, MPI_DOUBLE,
                 above, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (is_top) std::transform(first.begin(), first.end(), rows_.front().begin(), mirrored_across);
    if (is_bottom) std::transform(last.begin(), last.end(), rows_.back().begin(), mirrored_across);
  }

  Process process_;
  int nx_, ny_, first_;
  std::vector<Row> rows_;
};

// Dark is shallow, white is deep.
bool write_picture(const std::vector<double>& depths, int nx, int ny) {
  const auto [lowest, highest] = std::minmax_element(depths.begin(), depths.end());
  std::FILE* file = std::fopen("depth.pgm", "wb");
  if (!file) return false;
  std::fprintf(file, "P5\n%d %d\n255\n", nx, ny);
  const double range = std::max(*highest - *lowest, 1e-12);
  for (const double depth : depths)
    std::fputc(static_cast<int>(255 * (depth - *lowest) / range), file);
  return std::fclose(file) == 0;
}

bool write_result(const std::vector<double>& depths, int nx, int ny, int steps, double time,
                  std::uint64_t checksum) {
  double volume = 0;
  for (const double depth : depths) volume += depth;
  volume *= basin / nx * (basin / ny);
  std::FILE* file = std::fopen("result.txt", "w");
  if (!file) return false;
  std::fprintf(file, "steps %d\ntime %.17g\nvolume %.17g\ndeepest %.17g\nchecksum %016llx\n", steps,
               time, volume, *std::max_element(depths.begin(), depths.end()),
               static_cast<unsigned long long>(checksum));
  return std::fclose(file) == 0;
}

int run(Process process, int nx, int ny, double end, double dam) {
  Band band(process, nx, ny, dam);
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  std::printf("rank %d of %d on %s has rows %d to %d\n", process.rank, process.count, host,
              band.first(), band.first() + band.rows() - 1);
  std::fflush(stdout);
  double time = 0;
  int steps = 0;
  for (; time < end; ++steps) {
    const double step = std::min(band.stable_step(), end - time);
    band.advance(step);
    time += step;
  }
  const std::uint64_t checksum = band.checksum();
  const std::vector<double> depths = band.gathered_depths();
  if (process.rank != 0) return 0;
  if (write_picture(depths, nx, ny) && write_result(depths, nx, ny, steps, time, checksum))
    return 0;
  std::perror("shallow_water: writing the result");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  Process process;
  MPI_Comm_rank(MPI_COMM_WORLD, &process.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &process.count);
  const int nx = argc > 1 ? std::atoi(argv[1]) : 200;
  const int ny = argc > 2 ? std::atoi(argv[2]) : 200;
  const double end = argc > 3 ? std::atof(argv[3]) : 5;
  const char* dam = std::getenv("DAM");
  const double depth = dam ? std::atof(dam) : 2;
  const bool makes_sense = nx > 1 && ny >= process.count && end > 0 && depth > 0;
  if (!makes_sense && process.rank == 0)
    std::fprintf(stderr,
                 "shallow_water: needs CELLS_X > 1, a row for every process, SECONDS > 0 "
                 "and DAM > 0\n");
  const int code = makes_sense ? run(process, nx, ny, end, depth) : 2;
  MPI_Finalize();
  return code;
}
