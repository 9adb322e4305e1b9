// AzureBlob: signatures, and URLs that hold one.
#include "blob/azure_blob.h"
#include "blob/sas.h"

namespace dms::blob {
namespace {

// The letters that the Python tool gives when nothing is asked for.
constexpr std::string_view usual_of_container = "w";
constexpr std::string_view usual_of_blob = "rawd";
constexpr std::string_view usual_of_blob_url = "rawdx";

SasRequest with_letters(SasRequest request, std::string_view usual) {
  if (request.permissions.empty() && request.policy.empty()) request.permissions = usual;
  return request;
}

// "account" of https://account.blob.core.windows.net and of http://127.0.0.1:10000/account.
std::string account_of(const Url& endpoint) {
  std::string_view path = endpoint.path;
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!path.empty()) return percent_decode(path.substr(path.rfind('/') + 1));
  return endpoint.host.substr(0, endpoint.host.find('.'));
}

}  // namespace

std::chrono::seconds AzureBlob::longest_signature() const {
  return account_.key ? std::chrono::seconds::max() : longest_delegation;
}

Result<std::string> AzureBlob::sign(const Names& names, const SasRequest& request) {
  DMS_CHECK(check_container_name(names.container));
  if (!names.blob.empty()) DMS_CHECK(check_blob_name(names.blob));
  const SasResource resource{.container = names.container, .blob = names.blob};
  const Timestamp usual_expiry =
      request.policy.empty() ? Timestamp{clock_.now().at + request.lifetime} : Timestamp{};
  const SasOptions options{.permissions = request.permissions,
                           .expiry = request.expiry.value_or(usual_expiry),
                           .start = request.start,
                           .addresses = request.addresses,
                           .protocols = request.protocols,
                           .policy = request.policy,
                           .answer = request.answer};
  if (account_.key) return make_sas(*account_.key, resource, options);
  if (!account_.has_tokens)
    return fail(
        Code::invalid_argument,
        "a signature needs the storage account's key, and only a SAS or nothing is configured");
  if (!options.policy.empty())
    return fail(Code::invalid_argument,
                "a stored access policy needs the storage account's key to sign with");
  DMS_TRY(const auto key, delegation_.key_until(options.expiry));
  return make_sas(key, account_of(account_.endpoint), resource, options);
}

Result<std::string> AzureBlob::get_container_sas_token(std::string_view container,
                                                       const SasRequest& request) {
  return sign({.container = container}, with_letters(request, usual_of_container));
}

Result<std::string> AzureBlob::get_container_sas_url(std::string_view container,
                                                     const SasRequest& request) {
  DMS_TRY(const auto token, get_container_sas_token(container, request));
  return container_url(container) + "?" + token;
}

Result<std::string> AzureBlob::get_blob_sas_token(std::string_view container, std::string_view blob,
                                                  const SasRequest& request) {
  DMS_CHECK(check_blob_name(blob));
  return sign({.container = container, .blob = blob}, with_letters(request, usual_of_blob));
}

Result<std::string> AzureBlob::get_blob_sas_url(std::string_view container, std::string_view blob,
                                                const SasRequest& request) {
  DMS_TRY(const auto token,
          get_blob_sas_token(container, blob, with_letters(request, usual_of_blob_url)));
  return blob_url(container, blob) + "?" + token;
}

Result<std::string> AzureBlob::readable_url(std::string_view container, std::string_view blob) {
  if (account_.key || account_.has_tokens)
    return get_blob_sas_url(container, blob, {.permissions = "r"});
  DMS_CHECK(check_container_name(container));
  DMS_CHECK(check_blob_name(blob));
  return blob_url(container, blob) + (account_.sas.empty() ? "" : "?" + account_.sas);
}

std::string AzureBlob::container_url(std::string_view container) const {
  return rest_.url({.container = container}).to_string();
}

std::string AzureBlob::blob_url(std::string_view container, std::string_view blob) const {
  return rest_.url({.container = container, .blob = blob}).to_string();
}

Result<std::string> AzureBlob::create_container_and_create_sas(std::string_view container,
                                                               const SasRequest& request) {
  DMS_CHECK(create_container(container));
  return get_container_sas_token(container, request);
}

Result<std::string> AzureBlob::upload_blob_and_create_sas(std::string_view container,
                                                          std::string_view blob,
                                                          const std::filesystem::path& file,
                                                          const SasRequest& request,
                                                          const UploadOptions& options) {
  DMS_CHECK(upload_file_to_container(container, blob, file, options));
  return get_blob_sas_url(container, blob, request);
}

}  // namespace dms::blob
