#include "cli/packages.h"

#include <fmt/format.h>

#include <optional>

#include "batch/errors.h"
#include "batch/management.h"
#include "batch/rest.h"
#include "blob/errors.h"
#include "blob/wire.h"
#include "core/auth/bearer.h"
#include "core/auth/cloud.h"
#include "core/auth/credential.h"
#include "core/curl_transport.h"
#include "core/file.h"
#include "core/retry.h"
#include "core/signing.h"
#include "service/local_operations.h"

namespace dms::cli {
namespace {

namespace op = service::package_op;

// "account.region.batch.azure.com", and the like of other clouds.
bool is_azure(const Url& endpoint) { return endpoint.host.find(".batch.") != std::string::npos; }

// The local service takes archives at the address of Batch, signed like all other requests.
class LocalPackages final : public Packages {
 public:
  LocalPackages(Url endpoint, SharedKey key, Clock& clock)
      : endpoint_(std::move(endpoint)),
        signed_(network_, std::move(key), Protocol::batch, clock),
        retrying_(signed_, clock) {}

  Status put(const std::string& application, const std::string& version,
             const std::string& zip) override {
    DMS_TRY(FileSource source, FileSource::open(zip));
    Request upload = request(op::put_package.method, application, version);
    upload.headers.set("Content-Type", "application/zip");
    upload.source = &source;
    return send(upload, op::put_package.name);
  }

  Status set_default(const std::string& application, const std::string& version) override {
    Request change = request(op::patch_application.method, application, "");
    change.headers.set("Content-Type", "application/json; odata=minimalmetadata");
    change.body = encode(service::ApplicationPatch{.default_version = version});
    return send(change, op::patch_application.name);
  }

  Status remove(const std::string& application, const std::string& version) override {
    const auto& row = version.empty() ? op::delete_application : op::delete_package;
    return send(request(row.method, application, version), row.name);
  }

 private:
  Request request(std::string_view method, const std::string& application,
                  const std::string& version) const {
    Request request{.method = std::string(method), .url = endpoint_};
    while (request.url.path.ends_with('/')) request.url.path.pop_back();
    request.url.path += "/applications/" + percent_encode(application);
    if (!version.empty()) request.url.path += "/versions/" + percent_encode(version);
    request.url.query = format_query({{"api-version", std::string(batch::api_version)}});
    return request;
  }

  Status send(const Request& request, std::string_view name) {
    DMS_TRY(const Response response, retrying_.send(request));
    if (response.status / 100 == 2) return ok();
    return batch::error_of_response(response).context(name);
  }

  const Url endpoint_;
  CurlTransport network_;
  Signed signed_;
  Retrying retrying_;
};

// Azure gives each version a place in storage, and is told when the archive is there.
class AzurePackages final : public Packages {
 public:
  AzurePackages(const Url& management, std::unique_ptr<Credential> credential, Clock& clock)
      : credential_(std::move(credential)),
        bearer_(network_, credential_->tokens(), management.origin() + "/", management),
        retrying_(bearer_, clock),
        uploading_(network_, clock) {}

  Status find(const Url& management, const Config& config) {
    DMS_TRY(management_, batch::Management::find(management, config.subscription_id,
                                                 config.batch_account_name, retrying_));
    return ok();
  }

  Status put(const std::string& application, const std::string& version,
             const std::string& zip) override {
    DMS_TRY(const std::string place, management_->begin_package(application, version));
    DMS_CHECK(upload(zip, place).context("uploading the package"));
    return management_->activate_package(application, version);
  }
  Status set_default(const std::string& application, const std::string& version) override {
    return management_->set_default_version(application, version);
  }
  Status remove(const std::string& application, const std::string& version) override {
    if (version.empty()) return management_->delete_application(application);
    return management_->delete_package(application, version);
  }

 private:
  Status upload(const std::string& zip, const std::string& place) {
    DMS_TRY(FileSource source, FileSource::open(zip));
    if (source.size() > blob::max_put_blob_bytes)
      return fail(Code::invalid_argument, zip + " is larger than the 5000 MiB of one upload");
    Request request{.method = "PUT", .source = &source};
    DMS_TRY(request.url, Url::parse(place));
    request.headers = {{"x-ms-blob-type", "BlockBlob"},
                       {"x-ms-version", std::string(blob::storage_version)},
                       {"Content-Type", "application/zip"}};
    DMS_TRY(const Response response, uploading_.send(request));
    if (response.status == 201) return ok();
    const std::string_view code = response.headers.get("x-ms-error-code");
    return fail(blob::code_of_answer(response.status, code),
                fmt::format("storage answered {} {}", response.status, code));
  }

  CurlTransport network_;
  std::unique_ptr<Credential> credential_;
  Bearer bearer_;
  Retrying retrying_;
  Retrying uploading_;  // whose addresses are signed already
  std::optional<batch::Management> management_;
};

Result<std::unique_ptr<Packages>> open_azure(const Url& endpoint, const Config& config,
                                             Clock& clock) {
  if (config.subscription_id.empty())
    return fail(Code::invalid_argument,
                "_SUBSCRIPTION_ID is missing in " + config.source_path +
                    ", and AZURE_SUBSCRIPTION_ID in the environment: Azure keeps application "
                    "packages by subscription");
  const Cloud& cloud = cloud_of(endpoint);
  DMS_TRY(const Url management, Url::parse(cloud.management));
  DMS_TRY(auto credential, Credential::create(config, cloud.authority, clock)
                               .context("signing in to " + std::string(cloud.management)));
  auto packages = std::make_unique<AzurePackages>(management, std::move(credential), clock);
  DMS_CHECK(packages->find(management, config));
  return std::unique_ptr<Packages>(std::move(packages));
}

}  // namespace

Result<std::unique_ptr<Packages>> open_packages(const Config& config, Clock& clock) {
  DMS_TRY(Url endpoint, Url::parse(config.batch_account_url).context("_BATCH_ACCOUNT_URL"));
  if (is_azure(endpoint)) return open_azure(endpoint, config, clock);
  DMS_TRY(SharedKey key, SharedKey::parse(config.batch_account_name, config.batch_account_key)
                             .context("_BATCH_ACCOUNT_KEY"));
  return std::unique_ptr<Packages>(
      std::make_unique<LocalPackages>(std::move(endpoint), std::move(key), clock));
}

}  // namespace dms::cli
