// SPDX-License-Identifier: MIT
// What an item has to be, for the servers in JavaScript.
'use strict';

function isText(value, least = 0, most = Infinity) {
  return typeof value === 'string' && value.length >= least && value.length <= most;
}

function isReview(value) {
  return isText(value?.author, 1) && isText(value.text) && Number.isInteger(value.stars) &&
    value.stars >= 1 && value.stars <= 5;
}

function isItem(value) {
  const { id, name, price, tax, active, note, tags, size, reviews } = value ?? {};
  return Number.isInteger(id) && isText(name, 1, 100) && Number.isFinite(price) && price > 0 &&
    Number.isFinite(tax) && typeof active === 'boolean' && isText(note) &&
    Array.isArray(tags) && tags.every((tag) => isText(tag)) &&
    [size?.width, size?.height, size?.depth].every(Number.isFinite) &&
    Array.isArray(reviews) && reviews.every(isReview);
}

module.exports = { isItem };
