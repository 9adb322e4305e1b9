// Operations on the account: images, usage.
#include "batch/errors.h"
#include "service/batch_service.h"
#include "service/core/usage.h"
#include "service/listing.h"
#include "service/supported_images.h"

namespace dms::service {

using batch::batch_error;
namespace op = batch::op;

namespace {

constexpr Filterable<batch::ImageInformation> image_properties[] = {
    {"osType",
     [](const batch::ImageInformation& image) -> Scalar { return text_of(image.os_type); }},
    {"verificationType",
     [](const batch::ImageInformation& image) -> Scalar {
       return text_of(image.verification_type);
     }},
    {"nodeAgentSKUId",
     [](const batch::ImageInformation& image) -> Scalar { return image.node_agent_sku_id; }},
};

constexpr Filterable<batch::PoolUsageMetrics> usage_properties[] = {
    {"poolId", [](const batch::PoolUsageMetrics& usage) -> Scalar { return usage.pool_id; }}};

Result<Timestamp> time_of(const Call& call, std::string_view name, Timestamp otherwise) {
  const std::string_view text = call.query_value(name);
  if (text.empty()) return otherwise;
  const auto time = Timestamp::parse(text);
  if (time) return *time;
  return batch_error("InvalidQueryParameterValue",
                     std::string(name) + " is '" + std::string(text) + "', not a time");
}

struct Interval {
  Timestamp from;
  Timestamp to;
};

// From the last full half hour until now unless the request says otherwise.
Result<Interval> usage_interval(const Call& call, Timestamp now) {
  DMS_TRY(const Timestamp from, time_of(call, "startTime", last_usage_interval(now)));
  DMS_TRY(const Timestamp to, time_of(call, "endTime", now));
  if (from > to || from > now)
    return batch_error(
        "InvalidQueryParameterValue",
        "startTime " + from.iso8601() + " lies after " + std::min(to, now).iso8601());
  return Interval{from, to};
}

}  // namespace

void BatchService::add_account_routes() {
  router_.on(op::list_supported_images, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto filter, FilterOf<batch::ImageInformation>::parse(call.query_value("$filter"),
                                                                        image_properties));
    return list_page(call, op::list_supported_images.metadata, options_.base_url,
                     supported_images(), filter,
                     [](const batch::ImageInformation& image) -> Result<batch::ImageInformation> {
                       return image;
                     });
  });
  router_.on(op::list_pool_usage_metrics, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto filter, FilterOf<batch::PoolUsageMetrics>::parse(call.query_value("$filter"),
                                                                        usage_properties));
    const Timestamp now = clock_.now();
    DMS_TRY(const Interval interval, usage_interval(call, now));
    return engine_.look([&](const Core& core) {
      return list_page(call, op::list_pool_usage_metrics.metadata, options_.base_url,
                       usage_metrics(core, interval.from, interval.to, now), filter,
                       [](const batch::PoolUsageMetrics& usage) -> Result<batch::PoolUsageMetrics> {
                         return usage;
                       });
    });
  });
}

}  // namespace dms::service
