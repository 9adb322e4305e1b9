// Operations on applications and their packages.
#include "batch/errors.h"
#include "core/codec.h"
#include "service/application_files.h"
#include "service/batch_service.h"
#include "service/core/packages.h"
#include "service/listing.h"
#include "service/local_operations.h"

DMS_CODEC(dms::service::ApplicationPatch);

namespace dms::service {

using batch::batch_error;

namespace {

// Applications cannot be filtered; a table has a row at least.
constexpr Filterable<ApplicationRecord> no_properties[] = {
    {"", [](const ApplicationRecord&) { return Scalar(); }}};

}  // namespace

BodyPlan BatchService::plan_package(const Request& head) {
  BodyPlan plan;
  const auto refuse = [&](const Error& error) {
    plan.refusal = std::make_unique<Answer>(router_.error_answer(head, error, clock_.now()));
  };
  // Bytes are taken only from somebody who may write.
  if (const Status signature = verify_batch_signature(head, options_.key, clock_.now()); !signature)
    refuse(signature.error());
  else if (auto upload = PackageUpload::create(options_.applications_dir))
    plan.upload = *std::move(upload);
  else
    refuse(upload.error());
  return plan;
}

void BatchService::add_application_routes() {
  router_.on(batch::op::list_applications, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto filter,
            FilterOf<ApplicationRecord>::parse(call.query_value("$filter"), no_properties));
    return engine_.look([&](const Core& core) {
      return list_page(call, batch::op::list_applications.metadata, core.base_url,
                       core.applications, filter,
                       [](const ApplicationRecord& record) -> Result<batch::ApplicationSummary> {
                         return show_application(record);
                       });
    });
  });
  router_.on(batch::op::get_application, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      const auto application = core.applications.find({call.ids[0]});
      if (application == core.applications.end()) return batch_error("ApplicationNotFound");
      return show(batch::op::get_application, core.base_url, show_application(application->second),
                  call.select());
    });
  });
  router_.on(package_op::put_package, [this](const Call& call) -> Result<Reply> {
    DMS_CHECK(check_package_name(call.ids[0], call.ids[1]));
    auto* upload = static_cast<PackageUpload*>(call.upload);
    if (!upload) return batch_error("InvalidRequestBody", "the package's zip is missing");
    DMS_TRY(const std::string zip, upload->finish(call.ids[0], call.ids[1]));
    return engine_.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
      DMS_CHECK(add_package(core, out, call.ids[0], call.ids[1], zip, now));
      return Reply{.modified = now, .entity_url = call.url};
    });
  });
  router_.on(package_op::patch_application,
             [this](const Call& call, const ApplicationPatch& patch) -> Result<Reply> {
               return engine_.change([&](Core& core, Effects& out, Timestamp) -> Result<Reply> {
                 DMS_CHECK(patch_application(core, out, call.ids[0], patch));
                 return Reply{.entity_url = call.url};
               });
             });
  router_.on(package_op::delete_package, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto zips, engine_.change([&](Core& core, Effects& out, Timestamp) {
      return delete_package(core, out, call.ids[0], call.ids[1]);
    }));
    remove_zips(zips);
    return Reply{};
  });
  router_.on(package_op::delete_application, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto zips, engine_.change([&](Core& core, Effects& out, Timestamp) {
      return delete_application(core, out, call.ids[0]);
    }));
    remove_zips(zips);
    return Reply{};
  });
}

}  // namespace dms::service
