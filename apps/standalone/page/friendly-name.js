const FIRST =
  'Amber Brave Calm Clever Cosy Eager Fair Gentle Happy Jolly Keen Lively Merry Proud Quick Sunny'.split(' ');
const SECOND =
  'Badger Crane Dolphin Falcon Finch Hare Heron Lynx Marten Otter Owl Puffin Raven Robin Seal Wren'.split(
    ' ',
  );

const oneOf = (words) => words[Math.floor(Math.random() * words.length)];

/** So that two windows can be told apart before anybody has typed a name. */
export function friendlyName() {
  return `${oneOf(FIRST)} ${oneOf(SECOND)}`;
}
