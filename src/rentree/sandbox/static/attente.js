// Asks again after the seconds that the page says, once: the next page says it anew.
(function () {
  "use strict";
  var seconds = parseInt(document.body.getAttribute("data-recharge"), 10);
  if (seconds > 0) {
    window.setTimeout(function () {
      window.location.reload();
    }, seconds * 1000);
  }
})();
