#include "pipeline/photo_task.h"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "fruits/core/try.h"
#include "fruits/io/uri.h"

namespace fruits {

using Json = nlohmann::json;

std::string Serialize(const PhotoTask& task) {
  Json photos = Json::array();
  for (const PhotoToRead& photo : task.photos) {
    photos.push_back(
        {UriOfRawPath(photo.raw).ToString(), photo.facts.size_bytes, photo.facts.mtime_ns, photo.facts.etag});
  }
  return Json{{"fingerprint", task.fingerprint}, {"first_part", task.first_part}, {"photos", photos}}.dump();
}

Result<PhotoTask> ParsePhotoTask(std::string_view text) {
  PhotoTask task;
  try {
    const Json json = Json::parse(text);
    task.fingerprint = json.at("fingerprint").get<std::string>();
    task.first_part = json.at("first_part").get<std::size_t>();
    for (const Json& entry : json.at("photos")) {
      FRUITS_TRY(const Uri uri, ParseUri(entry.at(0).get<std::string>(), "/"));
      task.photos.push_back({.row = task.photos.size(),
                             .raw = uri.RawPath(),
                             .facts = {.size_bytes = entry.at(1).get<std::uint64_t>(),
                                       .mtime_ns = entry.at(2).get<std::int64_t>(),
                                       .etag = entry.at(3).get<std::string>()}});
    }
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kCorrupt, std::string("a task of photos: ") + error.what());
  }
  return task;
}

}  // namespace fruits
