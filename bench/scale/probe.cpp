#include "bench/scale/probe.h"

#include <fmt/format.h>

#include "batch/rest.h"

namespace dms::bench {

Result<std::unique_ptr<Probe>> Probe::create(const Config& config) {
  DMS_TRY(Url endpoint, Url::parse(config.batch_account_url));
  DMS_TRY(SharedKey key, SharedKey::parse(config.batch_account_name, config.batch_account_key));
  return std::make_unique<Probe>(std::move(endpoint), std::move(key));
}

Url Probe::url(const std::string& path, const Query& query) const {
  Url url = endpoint_;
  url.path = path;
  Query all{{"api-version", std::string(batch::api_version)}};
  all.insert(all.end(), query.begin(), query.end());
  url.query = format_query(all);
  return url;
}

Url Probe::counts_url(const std::string& job) const {
  return url("/jobs/" + job + "/taskcounts", {});
}

Url Probe::tasks_url(const std::string& job, const batch::ListOptions& options) const {
  return url("/jobs/" + job + "/tasks", batch::query_of(options));
}

Result<Timed> Probe::get(const Url& url) {
  const auto start = SteadyClock::now();
  DMS_TRY(Response response, signed_.send({.url = url}));
  const Seconds time = since(start);
  if (response.status != 200)
    return fail(Code::internal, fmt::format("{} answered {}: {}", url.target(), response.status,
                                            response.body.substr(0, 200)));
  return Timed{time, std::move(response.body)};
}

Result<Spread> Probe::repeat(const Url& url, int tries, std::string* body) {
  std::vector<Seconds> times;
  for (int i = 0; i < tries; ++i) {
    DMS_TRY(Timed read, get(url));
    times.push_back(read.time);
    if (body) *body = std::move(read.body);
  }
  return spread_of(std::move(times));
}

}  // namespace dms::bench
