// The form that brings the proof of identity back sends itself; without JavaScript there is its button.
document.forms[0].submit();
