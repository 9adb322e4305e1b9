#include "samples/estimator/programs/least_squares.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "samples/estimator/programs/text.h"

namespace estimator {
namespace {

using Vector = std::vector<double>;
using Matrix = std::vector<Vector>;

constexpr double difference = 1e-4;  // of a parameter, for the Jacobian
constexpr int lambdas = 8;           // tried at once
constexpr double small_gain = 1e-9;  // relative; so little, three times, is the end
constexpr int small_gains_allowed = 3;

// Solves a·x = b by elimination with pivots; nothing for a singular matrix.
std::optional<Vector> solve(Matrix a, Vector b) {
  const std::size_t n = b.size();
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < n; ++row)
      if (std::fabs(a[row][column]) > std::fabs(a[pivot][column])) pivot = row;
    if (a[pivot][column] == 0) return std::nullopt;
    std::swap(a[pivot], a[column]);
    std::swap(b[pivot], b[column]);
    for (std::size_t row = column + 1; row < n; ++row) {
      const double factor = a[row][column] / a[column][column];
      for (std::size_t at = column; at < n; ++at) a[row][at] -= factor * a[column][at];
      b[row] -= factor * b[column];
    }
  }
  for (std::size_t row = n; row-- > 0;) {
    for (std::size_t at = row + 1; at < n; ++at) b[row] -= a[row][at] * b[at];
    b[row] /= a[row][row];
  }
  return b;
}

class Estimation {
 public:
  Estimation(const ControlFile& control, const Evaluate& evaluate)
      : control_(control), evaluate_(evaluate) {
    for (std::size_t at = 0; at < control.parameters.size(); ++at)
      if (control.parameters[at].transform != Transform::fixed) free_.push_back(at);
  }

  Estimate run(const std::function<void(const std::string&)>& told) {
    for (const std::size_t at : free_) x_.push_back(inside(at, control_.parameters[at].initial));
    const auto first = evaluate_({values_of(x_)});
    if (!first[0]) throw Problem("the model fails with the initial parameters");
    residuals_ = residuals(*first[0]);
    Estimate result{.phi = phi(residuals_), .why_stopped = "NOPTMAX iterations are done"};
    told("iteration 0: phi " + text_of(result.phi));
    int small_gains = 0;
    while (result.iterations < control_.most_iterations && small_gains < small_gains_allowed) {
      const double before = result.phi;
      result.phi = improve();
      ++result.iterations;
      told("iteration " + std::to_string(result.iterations) + ": phi " + text_of(result.phi) +
           ", lambda " + text_of(lambda_));
      small_gains = before - result.phi > small_gain * before ? 0 : small_gains + 1;
    }
    if (small_gains == small_gains_allowed) result.why_stopped = "phi does not fall any more";
    result.values = values_of(x_);
    return result;
  }

 private:
  // A free parameter as the search sees it, and back.
  double inside(std::size_t at, double value) const {
    return control_.parameters[at].transform == Transform::log ? std::log10(value) : value;
  }
  Vector values_of(const Vector& x) const {
    Vector values;
    for (const Parameter& parameter : control_.parameters) values.push_back(parameter.initial);
    for (std::size_t i = 0; i < free_.size(); ++i) {
      const Parameter& parameter = control_.parameters[free_[i]];
      const double value = parameter.transform == Transform::log ? std::pow(10.0, x[i]) : x[i];
      values[free_[i]] = std::clamp(value, parameter.lower, parameter.upper);
    }
    return values;
  }

  Vector residuals(const Vector& computed) const {
    Vector all;
    for (std::size_t at = 0; at < computed.size(); ++at) {
      const Observation& seen = control_.observations[at];
      all.push_back(seen.weight * (computed[at] - seen.value));
    }
    return all;
  }
  static double phi(const Vector& residuals) {
    double sum = 0;
    for (const double r : residuals) sum += r * r;
    return sum;
  }

  // One row per free parameter: how the residuals change with it.
  Matrix jacobian() const {
    std::vector<Vector> batch;
    for (std::size_t i = 0; i < free_.size(); ++i)
      for (const double sign : {1.0, -1.0}) {
        Vector x = x_;
        x[i] += sign * step(i);
        batch.push_back(values_of(x));
      }
    const auto answers = evaluate_(batch);
    Matrix rows;
    for (std::size_t i = 0; i < free_.size(); ++i) {
      if (!answers[2 * i] || !answers[2 * i + 1])
        throw Problem("the model fails close to the best parameters so far");
      const Vector up = residuals(*answers[2 * i]);
      const Vector down = residuals(*answers[2 * i + 1]);
      Vector row;
      for (std::size_t at = 0; at < up.size(); ++at)
        row.push_back((up[at] - down[at]) / (2 * step(i)));
      rows.push_back(row);
    }
    return rows;
  }
  double step(std::size_t i) const { return difference * std::max(std::fabs(x_[i]), 1e-2); }

  // Where a lambda leads; nothing when the equations have no solution.
  std::optional<Vector> candidate(const Matrix& slopes, double lambda) const {
    const std::size_t n = free_.size();
    Matrix normal(n, Vector(n, 0));
    Vector right(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j)
        for (std::size_t at = 0; at < residuals_.size(); ++at)
          normal[i][j] += slopes[i][at] * slopes[j][at];
      for (std::size_t at = 0; at < residuals_.size(); ++at)
        right[i] -= slopes[i][at] * residuals_[at];
      normal[i][i] *= 1 + lambda;
    }
    auto move = solve(std::move(normal), std::move(right));
    if (!move) return std::nullopt;
    Vector x = x_;
    for (std::size_t i = 0; i < n; ++i) {
      const Parameter& parameter = control_.parameters[free_[i]];
      x[i] = std::clamp(x[i] + (*move)[i], inside(free_[i], parameter.lower),
                        inside(free_[i], parameter.upper));
      if (std::isnan(x[i])) return std::nullopt;
    }
    return x;
  }

  // One iteration; returns the phi of the best place known.
  double improve() {
    const Matrix slopes = jacobian();
    std::vector<Vector> places, batch;
    std::vector<double> of_place;
    for (int k = 0; k < lambdas; ++k) {
      const double lambda = lambda_ * std::pow(10.0, 2 - k);
      if (auto x = candidate(slopes, lambda)) {
        batch.push_back(values_of(*x));
        places.push_back(*std::move(x));
        of_place.push_back(lambda);
      }
    }
    double best = phi(residuals_);
    bool improved = false;
    const auto answers = batch.empty() ? std::vector<Answer>() : evaluate_(batch);
    for (std::size_t k = 0; k < answers.size(); ++k) {
      if (!answers[k]) continue;
      Vector r = residuals(*answers[k]);
      if (!(phi(r) < best)) continue;
      best = phi(r);
      residuals_ = std::move(r);
      x_ = places[k];
      lambda_ = std::clamp(of_place[k], 1e-8, 1e8);
      improved = true;
    }
    if (!improved) lambda_ = std::min(lambda_ * 1e4, 1e8);
    return best;
  }

  const ControlFile& control_;
  const Evaluate& evaluate_;
  std::vector<std::size_t> free_;
  Vector x_;
  Vector residuals_;
  double lambda_ = 1e-1;
};

}  // namespace

Estimate estimate(const ControlFile& control, const Evaluate& evaluate,
                  const std::function<void(const std::string&)>& told) {
  return Estimation(control, evaluate).run(told);
}

}  // namespace estimator
