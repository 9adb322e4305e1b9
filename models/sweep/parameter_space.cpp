// ParameterSpace: from an index to a point, by way of the sample and the conditions.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "models/sweep/sobol.h"
#include "models/sweep/sweep.h"
#include "models/sweep/wrong.h"

namespace dms::models {
namespace {

Status check_all_groups(const Group& group) {
  DMS_CHECK(check_group(group));
  for (const Member& member : group.members)
    if (const auto* inner = std::get_if<Group>(&member.of)) DMS_CHECK(check_all_groups(*inner));
  return ok();
}

bool is_product(const Member& member) {
  const auto* group = std::get_if<Group>(&member.of);
  return group && group->combine == Combine::product;
}

// The members that are sampled one by one: those of products, and of products in them.
std::uint64_t dimensions_of(const Group& group) {
  std::uint64_t count = 0;
  for (const Member& member : group.members)
    count += is_product(member) ? dimensions_of(std::get<Group>(member.of)) : 1;
  return count;
}

// Appends the values of a point of a sample; `dimension` counts the members.
void append_sampled(const Group& group, const Sample& sample, std::uint64_t index,
                    std::uint64_t& dimension, std::vector<std::string>& values) {
  for (const Member& member : group.members) {
    if (is_product(member)) {
      append_sampled(std::get<Group>(member.of), sample, index, dimension, values);
      continue;
    }
    const double share = share_of(sample, index, dimension++);
    const auto* axis = std::get_if<Axis>(&member.of);
    if (const auto* interval = axis ? std::get_if<Interval>(&axis->values) : nullptr) {
      values.push_back(value_at(*interval, share));
      continue;
    }
    const std::uint64_t size = size_of(member);
    const auto place = static_cast<std::uint64_t>(share * static_cast<double>(size));
    append_point(member, std::min(place, size - 1), values);
  }
}

Status check_sample(const Group& group, const Sample& sample) {
  if (sample.count == 0 || sample.count > max_sample)
    return wrong(fmt::format("a sample has 1 to {} points", max_sample));
  if (group.combine != Combine::product)
    return wrong("only parameters that are combined by product can be sampled");
  if (sample.method == Sample::Method::sobol && dimensions_of(group) > sobol_dimensions)
    return wrong(fmt::format("a Sobol sample has at most {} parameters", sobol_dimensions));
  const std::uint64_t size = size_of(Member{group});
  if (sample.method == Sample::Method::random && !holds_interval(Member{group}) &&
      sample.count > size)
    return wrong(fmt::format("a sample of {} points: there are only {}", sample.count, size));
  return ok();
}

std::string_view word_of(Sample::Method method) {
  return method == Sample::Method::random            ? "random"
         : method == Sample::Method::latin_hypercube ? "latin_hypercube"
                                                     : "sobol";
}

std::uint64_t hash_of(std::span<const std::string> values) {
  std::uint64_t hash = 0;
  for (const std::string& value : values)
    hash = noise(hash, value.size(), std::hash<std::string>{}(value));
  return hash;
}

}  // namespace

Result<ParameterSpace> ParameterSpace::make(SpaceParts parts) {
  DMS_CHECK(check_all_groups(parts.parameters));
  ParameterSpace space;
  space.samples_numbers_ = holds_interval(Member{parts.parameters});
  if (space.samples_numbers_ && !parts.sample)
    return wrong(
        "uniform and loguniform need a sample, which says how many of their values to run");
  if (parts.sample) DMS_CHECK(check_sample(parts.parameters, *parts.sample));
  space.root_ = Member{std::move(parts.parameters)};
  space.sample_ = parts.sample;
  space.names_ = names_of(space.root_);
  for (const Derived& derived : parts.derived) space.names_.push_back(derived.name);
  space.derived_ = std::move(parts.derived);
  space.all_points_ = space.sample_ ? space.sample_->count : size_of(space.root_);
  space.size_ = space.all_points_;
  const std::set<std::uint64_t> repeated = space.repeated_points();
  if (!repeated.empty() || !parts.where.empty() ||
      std::any_of(space.derived_.begin(), space.derived_.end(), can_fail))
    DMS_CHECK(space.look_at_all_points(parts.where, repeated));
  return space;
}

Result<ParameterSpace> ParameterSpace::make(std::vector<Axis> axes, Combine combine) {
  Group group{.combine = combine};
  for (Axis& axis : axes) group.members.push_back({std::move(axis)});
  return make(std::move(group));
}

void ParameterSpace::append_swept(std::uint64_t index, std::vector<std::string>& values) const {
  if (!sample_) return append_point(root_, index, values);
  // Of listed values, a random sample is the beginning of all points in another order.
  if (sample_->method == Sample::Method::random && !samples_numbers_)
    return append_point(root_, permuted(index, size_of(root_), sample_->seed), values);
  std::uint64_t dimension = 0;
  append_sampled(std::get<Group>(root_.of), *sample_, index, dimension, values);
}

Result<std::vector<std::string>> ParameterSpace::any_point(std::uint64_t index) const {
  std::vector<std::string> values;
  values.reserve(names_.size());
  append_swept(index, values);
  for (const Derived& derived : derived_) {
    auto value = compute(derived, std::span(names_).first(values.size()), values);
    if (!value) {
      Error error = std::move(value).error().context("with " + describe_values(values));
      error.details = {{"derive", derived.name}};
      return error;
    }
    values.push_back(*std::move(value));
  }
  return values;
}

std::set<std::uint64_t> ParameterSpace::repeated_points() const {
  if (!sample_) return {};
  // By hash: of ten million points, two are taken for the same once in 400,000 studies.
  std::vector<std::uint64_t> hashes;
  hashes.reserve(all_points_);
  std::vector<std::string> values;
  for (std::uint64_t index = 0; index < all_points_; ++index) {
    values.clear();
    append_swept(index, values);
    hashes.push_back(hash_of(values));
  }
  std::sort(hashes.begin(), hashes.end());
  std::set<std::uint64_t> repeated;
  for (std::size_t at = 1; at < hashes.size(); ++at)
    if (hashes[at] == hashes[at - 1]) repeated.insert(hashes[at]);
  return repeated;
}

Status ParameterSpace::look_at_all_points(std::span<const Expression> where,
                                          const std::set<std::uint64_t>& repeated) {
  KeptPoints kept;
  std::set<std::uint64_t> seen;  // of those repeated
  for (std::uint64_t index = 0; index < all_points_; ++index) {
    DMS_TRY(const auto values, any_point(index));
    bool keep = true;
    if (!repeated.empty()) {
      const std::uint64_t hash = hash_of(std::span(values).first(swept_count()));
      keep = !repeated.contains(hash) || seen.insert(hash).second;
    }
    for (std::size_t at = 0; keep && at < where.size(); ++at) {
      auto holds = where[at].truth(values);
      if (!holds) {
        Error error = std::move(holds).error().context("with " + describe_values(values));
        error.details = {{"where", std::to_string(at)}};
        return error;
      }
      keep = *holds;
    }
    kept.add(keep);
  }
  if (kept.size() == all_points_) return ok();
  if (kept.size() == 0) {
    Error error = wrong(fmt::format("none of the {} points holds this", all_points_));
    error.details = {{"where", ""}};
    return error;
  }
  size_ = kept.size();
  kept_ = std::move(kept);
  return ok();
}

std::vector<std::string> ParameterSpace::point(std::uint64_t index) const {
  // What can fail was seen to succeed when the space was made.
  return any_point(kept_ ? kept_->at(index) : index).value_or({});
}

std::string ParameterSpace::describe() const {
  std::string text = describe_of(root_);
  if (sample_) text = fmt::format("{} {} of {}", word_of(sample_->method), sample_->count, text);
  if (kept_) text += fmt::format(", {} of {}", size_, all_points_);
  return text;
}

std::string ParameterSpace::describe(std::uint64_t index) const {
  return describe_values(point(index));
}

std::string ParameterSpace::describe_values(std::span<const std::string> values) const {
  std::string text;
  for (std::size_t at = 0; at < swept_count(); ++at)
    text += fmt::format("{}{}={}", at > 0 ? ", " : "", names_[at], values[at]);
  return text;
}

}  // namespace dms::models
