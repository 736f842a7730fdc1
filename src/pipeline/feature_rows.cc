#include "pipeline/feature_rows.h"

#include <algorithm>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/io/feature_table.h"
#include "fruits/io/uri.h"
#include "pipeline/part_cache.h"
#include "pipeline/parts_ahead.h"

namespace fruits {
namespace {

class StoredRows : public FeatureRows {
 public:
  StoredRows(const Folder& folder, const std::vector<std::string>& parts, std::span<const RowPlace> places,
             std::size_t dimension, const LabelRule& labels)
      : cache_(folder, parts, PartColumns::kRowsAndFeatures, PartCache::Order::kCatalog),
        places_(places),
        dimension_(dimension),
        labels_(labels),
        widened_(dimension) {
    size_ = static_cast<std::size_t>(std::count_if(places.begin(), places.end(), IsGood));
  }

  std::size_t dimension() const override { return dimension_; }
  std::size_t size() const override { return size_; }

  Status Rewind() override {
    next_ = 0;
    return {};
  }

  Result<bool> Next(FeatureRow& row) override {
    while (next_ < places_.size() && !IsGood(places_[next_])) ++next_;
    if (next_ == places_.size()) return false;
    const RowPlace place = places_[next_];
    FRUITS_TRY(const FeaturePart* part, cache_.Get(place.part));
    if (place.row >= part->rows.size() || part->dimension != dimension_) {
      return Fail(ErrorCode::kCorrupt, "a part changed while it was read");
    }
    const PhotoRow& photo = part->rows[place.row];
    const float* features = part->features.data() + std::size_t{place.row} * dimension_;
    std::copy_n(features, dimension_, widened_.begin());
    row.row = next_;
    row.path = photo.path;
    FRUITS_TRY(const Uri uri, ParseUri(photo.path, "/"));
    row.label = labels_.Label(uri.RawPath());
    row.features = widened_;
    ++next_;
    return true;
  }

 private:
  static bool IsGood(const RowPlace& place) { return place.known() && !place.rejected; }

  PartCache cache_;
  const std::span<const RowPlace> places_;
  const std::size_t dimension_;
  const LabelRule& labels_;
  std::vector<double> widened_;
  std::size_t size_ = 0;
  std::size_t next_ = 0;
};

Result<std::unique_ptr<FeatureTableReader>> OpenTable(Storage& storage, const Uri& uri) {
  FRUITS_TRY(auto file, storage.Open(uri));
  return FeatureTableReader::Open(std::move(file), uri.ToString());
}

class TableRows : public FeatureRows {
 public:
  TableRows(Storage& storage, Uri uri, std::unique_ptr<FeatureTableReader> reader)
      : storage_(storage), uri_(std::move(uri)), reader_(std::move(reader)) {}

  std::size_t dimension() const override { return reader_->dimension(); }
  std::size_t size() const override { return reader_->rows(); }

  Status Rewind() override {
    FRUITS_TRY(reader_, OpenTable(storage_, uri_));
    batch_ = {};
    next_ = 0;
    row_ = 0;
    return {};
  }

  Result<bool> Next(FeatureRow& row) override {
    if (next_ == batch_.paths.size()) {
      FRUITS_TRY(batch_, reader_->Next(kBatchRows));
      next_ = 0;
      if (batch_.paths.empty()) return false;
    }
    row.row = row_++;
    row.path = batch_.paths[next_];
    row.label = batch_.labels[next_];
    row.features = std::span<const double>(batch_.features).subspan(next_ * dimension(), dimension());
    ++next_;
    return true;
  }

 private:
  static constexpr std::size_t kBatchRows = 256;
  Storage& storage_;
  const Uri uri_;
  std::unique_ptr<FeatureTableReader> reader_;
  FeatureBatch batch_;
  std::size_t next_ = 0;
  std::size_t row_ = 0;
};

// A folder's parts with the places of all their rows in catalog order, for a StoredRows that owns them.
class FolderRows : public FeatureRows {
 public:
  FolderRows(const Folder& folder, std::vector<std::string> parts, std::vector<RowPlace> places,
             std::size_t dimension, LabelRule labels)
      : parts_(std::move(parts)),
        places_(std::move(places)),
        labels_(std::move(labels)),
        rows_(MakeStoredRows(folder, parts_, places_, dimension, labels_)) {}

  std::size_t dimension() const override { return rows_->dimension(); }
  std::size_t size() const override { return rows_->size(); }
  Status Rewind() override { return rows_->Rewind(); }
  Result<bool> Next(FeatureRow& row) override { return rows_->Next(row); }

 private:
  const std::vector<std::string> parts_;
  const std::vector<RowPlace> places_;
  const LabelRule labels_;
  const std::unique_ptr<FeatureRows> rows_;
};

}  // namespace

std::unique_ptr<FeatureRows> MakeStoredRows(const Folder& folder, const std::vector<std::string>& parts,
                                            std::span<const RowPlace> places, std::size_t dimension,
                                            const LabelRule& labels) {
  return std::make_unique<StoredRows>(folder, parts, places, dimension, labels);
}

Result<std::unique_ptr<FeatureRows>> OpenTableRows(Storage& storage, const Uri& uri) {
  FRUITS_TRY(auto reader, OpenTable(storage, uri));
  return std::make_unique<TableRows>(storage, uri, std::move(reader));
}

Result<std::unique_ptr<FeatureRows>> OpenFolderRows(const Folder& folder, const LabelRule& labels) {
  struct Stored {
    std::string raw;
    RowPlace place;
  };
  FRUITS_TRY(std::vector<std::string> parts, ListFeatureParts(folder));
  if (parts.empty())
    return Fail(ErrorCode::kNotFound, folder.Address("features/") + ": expected feature parts, found none");
  std::vector<Stored> stored;
  std::size_t dimension = 0;
  PartsAhead reading(folder, parts, PartColumns::kRows);
  for (std::uint32_t p = 0; p < parts.size(); ++p) {
    FRUITS_TRY(const FeaturePart part, reading.Next());
    if (dimension != 0 && part.dimension != dimension) {
      return Fail(ErrorCode::kCorrupt,
                  folder.Address("features/" + parts[p]) + ": its features are not as wide as the others'");
    }
    dimension = part.dimension;
    for (std::uint32_t i = 0; i < part.rows.size(); ++i) {
      FRUITS_TRY(const Uri uri, ParseUri(part.rows[i].path, "/"));
      stored.push_back({uri.RawPath(), {.part = p, .row = i & 0x7FFFFFFF, .rejected = 0}});
    }
    for (std::uint32_t i = 0; i < part.rejected.size(); ++i) {
      FRUITS_TRY(const Uri uri, ParseUri(part.rejected[i].path, "/"));
      stored.push_back({uri.RawPath(), {.part = p, .row = i & 0x7FFFFFFF, .rejected = 1}});
    }
  }
  std::sort(stored.begin(), stored.end(), [](const Stored& a, const Stored& b) { return a.raw < b.raw; });
  const auto twice = std::ranges::adjacent_find(stored, {}, &Stored::raw);
  if (twice != stored.end()) {
    return Fail(ErrorCode::kCorrupt,
                folder.Address("features/") + ": two rows of " + UriOfRawPath(twice->raw).ToString());
  }
  std::vector<RowPlace> places;
  places.reserve(stored.size());
  for (const Stored& row : stored) places.push_back(row.place);
  return std::make_unique<FolderRows>(folder, std::move(parts), std::move(places), dimension, labels);
}

}  // namespace fruits
